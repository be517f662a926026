import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

/** Where the reports of migrations are kept: private, encrypted, and there after the stack is gone. */
export class Reports extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { keep }: { readonly keep: boolean }) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      // An execution that is redriven writes its report again.
      versioned: keep,
      lifecycleRules: keep
        ? [
            {
              id: 'earlier-versions',
              noncurrentVersionExpiration: Duration.days(90),
              abortIncompleteMultipartUploadAfter: Duration.days(1),
            },
          ]
        : [],
      removalPolicy: keep ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'A bucket for access logs would hold more than this one does: a few pages a month. Who reads them is in CloudTrail where data events are on.',
    });
  }
}
