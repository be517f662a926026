import { z } from 'zod';
import { bodyOf, descriptionField, json, page, tagsField, type ResourceOperations } from './operation.ts';
import { newId } from './resource-set.ts';
import type { Profile, Store } from './store.ts';

const input = z.strictObject({
  Name: z.string().min(1).max(128),
  Description: descriptionField,
  // Other places (S3, Parameter Store, Secrets Manager, CodePipeline) and validators are not imitated.
  LocationUri: z.literal('hosted'),
  Type: z.enum(['AWS.AppConfig.FeatureFlags', 'AWS.Freeform']).default('AWS.Freeform'),
  Validators: z.array(z.never()).max(0).optional(),
  Tags: tagsField,
});

export function profileOperations(store: Store): ResourceOperations {
  return {
    create: (call) => {
      const application = store.applications.get(call.param('ApplicationId'));
      const { Name, Description, LocationUri, Type } = bodyOf(input, call);
      const ApplicationId = application.Id;
      const made = { Id: newId(), ApplicationId, Name, Description, LocationUri, Type, versions: [] };
      return json(201, show(application.profiles.add(made)));
    },
    get: (call) => {
      const application = store.applications.get(call.param('ApplicationId'));
      return json(200, show(application.profiles.get(call.param('ConfigurationProfileId'))));
    },
    list: (call) => {
      const type = call.request.query.get('type');
      const profiles = store.applications.get(call.param('ApplicationId')).profiles.all();
      const wanted = type === null ? profiles : profiles.filter((it) => it.Type === type);
      return page(call, wanted.map(summary), ['type']);
    },
  };
}

function show(it: Profile): Record<string, unknown> {
  const { ApplicationId, Id, Name, Description, LocationUri, Type } = it;
  return { ApplicationId, Id, Name, Description, LocationUri, Type, Validators: [] };
}

function summary({ ApplicationId, Id, Name, LocationUri, Type }: Profile): Record<string, unknown> {
  return { ApplicationId, Id, Name, LocationUri, Type, ValidatorTypes: [] };
}
