/** A database that is migrated, as the rest of the construct needs to know it. */
export interface MigratedDatabase {
  /** The name of the target. */
  readonly name: string;
  readonly clusterIdentifier: string;
  readonly clusterArn: string;
  readonly secretArn: string;
  readonly secretKeyArn?: string | undefined;
  /** Its name in the cluster. */
  readonly database: string;
}
