import { z } from 'zod';
import {
  bodyOf,
  descriptionField,
  json,
  nameField,
  page,
  tagsField,
  type ResourceOperations,
} from './operation.ts';
import { newId, ResourceSet } from './resource-set.ts';
import type { Application, Store } from './store.ts';

const input = z.strictObject({ Name: nameField, Description: descriptionField, Tags: tagsField });

export function applicationOperations(store: Store): ResourceOperations {
  return {
    create: (call) => {
      const { Name, Description } = bodyOf(input, call);
      const made: Application = {
        Id: newId(),
        Name,
        Description,
        environments: new ResourceSet('Environment'),
        profiles: new ResourceSet('ConfigurationProfile'),
      };
      return json(201, show(store.applications.add(made)));
    },
    get: (call) => json(200, show(store.applications.get(call.param('ApplicationId')))),
    list: (call) => page(call, store.applications.all().map(show)),
  };
}

function show({ Id, Name, Description }: Application): Record<string, unknown> {
  return { Id, Name, Description };
}
