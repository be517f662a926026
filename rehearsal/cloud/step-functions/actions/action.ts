import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import type { Home } from '../arns.ts';
import type { Executions } from '../executions.ts';
import { ServiceError } from '../service-error.ts';
import type { StateMachines } from '../state-machines.ts';
import type { TaskTokens } from '../task-tokens.ts';

/** What the actions act on. */
export interface Account {
  readonly home: Home;
  readonly clock: Clock;
  readonly random: () => number;
  readonly machines: StateMachines;
  readonly executions: Executions;
  readonly tokens: TaskTokens;
}

/** One operation of the API: from the parsed request to the response's fields, dates as Date. */
export type Action = (request: unknown, account: Account) => Promise<object>;

/** A request field that is not in the shape is refused by name, as is one that the SDK knows and this service does not. */
export function action<T extends z.ZodType>(
  shape: T,
  act: (request: z.output<T>, account: Account) => object | Promise<object>,
): Action {
  return async (request, account) => {
    const parsed = shape.safeParse(request);
    if (!parsed.success) throw new ServiceError('ValidationException', z.prettifyError(parsed.error));
    return await act(parsed.data, account);
  };
}

export const paging = {
  maxResults: z.int().min(0).max(1000).optional(),
  nextToken: z.string().min(1).max(3096).optional(),
};

export interface Paging {
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
}

/** One page, and the token of the next. @throws ServiceError InvalidToken */
export function page<T>(
  all: readonly T[],
  { maxResults, nextToken }: Paging,
): { readonly items: readonly T[]; readonly nextToken?: string } {
  const from = nextToken === undefined ? 0 : Number(Buffer.from(nextToken, 'base64').toString());
  if (!Number.isInteger(from)) throw new ServiceError('InvalidToken', `Invalid Token: '${nextToken ?? ''}'`);
  // Zero and absent both mean the default.
  const to = from + (maxResults || 100);
  const items = all.slice(from, to);
  return to < all.length ? { items, nextToken: Buffer.from(String(to)).toString('base64') } : { items };
}
