/** What a migration uses of AWS, measured or estimated. */
export interface Usage {
  readonly stateTransitions: number;
  readonly lambdaInvocations: number;
  /** Memory times duration of all invocations. */
  readonly lambdaGbSeconds: number;
  readonly dataApiRequests: number;
}

export interface BillItem {
  readonly what: string;
  readonly quantity: number;
  readonly usd: number;
}

// List prices of us-east-1 without any free tier. Step Functions: aws.amazon.com/step-functions/pricing. Lambda on arm64
// and the Data API: as remembered from their price pages, not looked up in a bill.
const usdPer: { readonly [K in keyof Usage]: { readonly what: string; readonly usd: number } } = {
  stateTransitions: { what: 'Step Functions state transitions', usd: 0.025 / 1_000 },
  lambdaInvocations: { what: 'Lambda invocations', usd: 0.2 / 1_000_000 },
  lambdaGbSeconds: { what: 'Lambda GB-seconds (arm64)', usd: 0.0000133334 },
  dataApiRequests: { what: 'RDS Data API requests', usd: 0.35 / 1_000_000 },
};

/** The AWS bill of a usage, at list prices; what the database itself costs is not in it. */
export function bill(usage: Usage): { readonly items: readonly BillItem[]; readonly usd: number } {
  const names = ['stateTransitions', 'lambdaInvocations', 'lambdaGbSeconds', 'dataApiRequests'] as const;
  const items = names.map((name) => ({
    what: usdPer[name].what,
    quantity: usage[name],
    usd: usage[name] * usdPer[name].usd,
  }));
  return { items, usd: items.reduce((sum, item) => sum + item.usd, 0) };
}
