import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { callAws } from './aws-errors.ts';

/** Where reports are kept. */
export class ReportBucket {
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
    private readonly region: string,
  ) {}

  /**
   * Stores a page or its data; gives the address at which a signed-in person opens it. No presigned one: a link that
   * lets in whoever has it has no place in a mail. Raises TransientAwsError.
   */
  async put(key: string, body: string, contentType: string): Promise<string> {
    await callAws(
      this.client.send(
        new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body, ContentType: contentType }),
      ),
    );
    const query = new URLSearchParams({ region: this.region, prefix: key });
    return `https://${this.region}.console.aws.amazon.com/s3/object/${this.bucket}?${query.toString()}`;
  }
}
