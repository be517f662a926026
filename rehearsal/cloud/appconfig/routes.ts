import { badRequest } from './appconfig-error.ts';
import type { LocalRequest, LocalResponse } from '../local-request.ts';
import type { Operation } from './operation.ts';

/** `GET /applications/{ApplicationId}` → its operation. */
export type Routes = Readonly<Record<string, Operation>>;

type Route = { readonly method: string; readonly parts: readonly string[]; readonly operation: Operation };

/** Answers by route. @throws AppConfigError BadRequestException for a request that no route knows */
export function router(routes: Routes): (request: LocalRequest) => LocalResponse {
  const table = Object.entries(routes).map(([key, operation]): Route => {
    const [method = '', path = ''] = key.split(' ');
    return { method, parts: path.split('/'), operation };
  });
  return (request) => {
    const given = request.path.split('/');
    const route = table.find((it) => it.method === request.method && fits(it.parts, given));
    if (route === undefined)
      throw badRequest(`The rehearsal's AppConfig does not know ${request.method} ${request.path}`);
    const param = (name: string) => {
      const part = given[route.parts.indexOf(`{${name}}`)];
      if (part === undefined) throw new Error(`The route of ${request.path} has no {${name}}`);
      return decodeURIComponent(part);
    };
    return route.operation({ param, request });
  };
}

function fits(parts: readonly string[], given: readonly string[]): boolean {
  return (
    parts.length === given.length &&
    parts.every((part, index) => part === given[index] || (part.startsWith('{') && given[index] !== ''))
  );
}
