import { z } from 'zod';
import type { LocalRequest, LocalResponse } from '../local-request.ts';
import { badRequest } from './appconfig-error.ts';

/** One request that found its route. */
export type Call = {
  /** The decoded `{…}` parts of the path; asking for another one throws. */
  param(name: string): string;
  readonly request: LocalRequest;
};

export type Operation = (call: Call) => LocalResponse;

/** The three operations that every kind of resource has. */
export type ResourceOperations = {
  readonly create: Operation;
  readonly get: Operation;
  readonly list: Operation;
};

/** The JSON body, as `schema` allows and nothing beyond. @throws AppConfigError BadRequestException */
export function bodyOf<S extends z.ZodType>(schema: S, { request }: Call): z.infer<S> {
  let value: unknown;
  try {
    value = JSON.parse(request.body.toString('utf8'));
  } catch {
    throw badRequest('The body is not JSON');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw badRequest(
    parsed.error.issues.map((it) => `${it.path.join('.') || 'body'}: ${it.message}`).join('; '),
  );
}

export function header({ request }: Call, name: string): string | undefined {
  const value = request.headers[name.toLowerCase()];
  return Array.isArray(value) ? value[0] : value;
}

/** An optional whole number in a header or a query. */
export function optionalInteger(name: string, written: string | null | undefined): number | undefined {
  if (written === undefined || written === null) return undefined;
  if (!/^\d{1,9}$/.test(written)) throw badRequest(`${name} is not a whole number: ${written}`);
  return Number(written);
}

export function json(status: number, value: unknown): LocalResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

/** One page of a list, by `max_results` (1 to 50) and `next_token`; `filters` are the other query keys it knows. */
export function page(call: Call, items: readonly unknown[], filters: readonly string[] = []): LocalResponse {
  const { query } = call.request;
  const known = ['max_results', 'next_token', ...filters];
  const stranger = [...query.keys()].find((key) => !known.includes(key));
  if (stranger !== undefined) throw badRequest(`Unknown query parameter ${stranger}`);
  const size = optionalInteger('MaxResults', query.get('max_results')) ?? 50;
  if (size < 1 || size > 50) throw badRequest('MaxResults is 1 to 50');
  const start = optionalInteger('NextToken', query.get('next_token')) ?? 0;
  const end = start + size;
  return json(200, {
    Items: items.slice(start, end),
    ...(end < items.length ? { NextToken: String(end) } : {}),
  });
}

export const nameField = z.string().min(1).max(64);
export const descriptionField = z.string().max(1024).optional();
/** Accepted, since tags change nothing that can be seen here. */
export const tagsField = z.record(z.string(), z.string()).optional();
