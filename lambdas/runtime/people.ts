import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { messageOf } from '../../engine/notices/message.ts';
import { compose, type Facts } from '../../engine/notices/notices.ts';
import type { Place } from '../../engine/notices/notice.ts';
import { heard } from './aws-errors.ts';

/** Whoever has subscribed to what Underpin tells. */
export class People {
  constructor(
    private readonly client: SNSClient,
    private readonly topic: string,
    private readonly place: Place,
  ) {}

  /** Tells all of them, each by their own protocol, and gives the message's id. Raises TransientAwsError. */
  async tell(facts: Facts): Promise<string> {
    const { subject, body } = messageOf(compose(facts, this.place));
    const { MessageId = '' } = await heard(
      this.client.send(
        new PublishCommand({
          TopicArn: this.topic,
          Subject: subject,
          Message: body,
          MessageStructure: 'json',
        }),
      ),
    );
    return MessageId;
  }
}
