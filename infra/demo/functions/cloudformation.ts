import * as z from 'zod';

const request = z.looseObject({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResponseURL: z.url(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
});
type Request = z.infer<typeof request>;

/**
 * A function behind a custom resource: does the work and tells CloudFormation, also that it failed; without an answer the
 * stack would wait for an hour.
 */
export const customResource =
  (work: (type: Request['RequestType']) => Promise<void>) =>
  async (event: unknown): Promise<void> => {
    const { RequestType, ResponseURL, StackId, RequestId, LogicalResourceId } = request.parse(event);
    const failure = await work(RequestType).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
    );
    const answered = await fetch(ResponseURL, {
      method: 'PUT',
      // The URL is signed for no content type.
      headers: { 'content-type': '' },
      body: JSON.stringify({
        Status: failure === undefined ? 'SUCCESS' : 'FAILED',
        Reason: failure ?? 'done',
        PhysicalResourceId: LogicalResourceId,
        StackId,
        RequestId,
        LogicalResourceId,
      }),
    });
    if (!answered.ok) throw new Error(`CloudFormation did not take the answer: ${answered.status}`);
  };
