/** Where a deployment is to be found, for the commands and links of its notices. */
export interface DeploymentLinks {
  /** ARN of the decide machine. */
  readonly decideMachine: string;
  /** ARN of the migration machine. */
  readonly migrationMachine: string;
  /** The options by which the command line finds this deployment: `--name underpin`. */
  readonly options: string;
  /** URL or path of the runbook; its headings follow after `#`. */
  readonly runbook: string;
  /** The names of the cluster and of the database in it that a notice is about. */
  readonly cluster: string;
  readonly database: string;
}

/** Something that a person can do: a command to copy, or a page to open with what is to be typed there. */
export interface ActionForPeople {
  readonly what: string;
  readonly command?: string;
  readonly link?: string;
  readonly input?: string;
}

export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** What people are notified of, before it has a form. Nothing of it is a row's value. */
export interface Notice {
  readonly migration: string;
  readonly target: string;
  /** One word for filters of chat tools and mailboxes. */
  readonly event: string;
  /** What has happened or is asked, in one line. */
  readonly headline: string;
  readonly said: readonly string[];
  readonly sections: readonly Section[];
  readonly todo: readonly ActionForPeople[];
  /** The heading of the runbook that says more. */
  readonly heading: string;
  /** What happens if nobody does anything, and when. */
  readonly otherwise?: string;
  /** ARNs. */
  readonly related: readonly string[];
}
