/** What GitHub knows of the repository that a workflow belongs to. */
export interface Repository {
  /** `owner/name` */
  fullName: string;
  /** GitHub's number of it; roles trust it rather than a name, which somebody else may register again. */
  id: string;
  /** Folder that is the repository's checkout. */
  folder: string;
  ref: string;
  sha: string;
  actor: string;
  /** Who started this attempt, when it is not `actor`: a run that is started again keeps its first actor. */
  triggeringActor?: string;
  secrets: Readonly<Record<string, string>>;
  variables: Readonly<Record<string, string>>;
  /** Environments with who may approve; an environment that is not named here asks nobody. */
  environments: Readonly<Record<string, RepositoryEnvironment>>;
}

export interface RepositoryEnvironment {
  reviewers: readonly string[];
  secrets?: Readonly<Record<string, string>>;
  variables?: Readonly<Record<string, string>>;
}

export interface TriggerEvent {
  name: string;
  payload: Readonly<Record<string, unknown>>;
  /** `workflow_dispatch`'s inputs. */
  inputs?: Readonly<Record<string, unknown>>;
}

/** Answers whether a person lets a job go on to an environment. */
export type Approve = (request: {
  environment: string;
  job: string;
  reviewers: readonly string[];
  /** What stands on the run's page by now. */
  summaries: readonly JobSummary[];
}) => Promise<boolean>;

export interface JobSummary {
  job: string;
  markdown: string;
}
