/** A fault of the configuration or of its surroundings, found before work begins. */
export interface SetupProblem {
  /** The part it is about, such as `github`, `claude` or `git`. */
  readonly part: string;
  /** `error`: no task can succeed until it is mended. `warning`: something is missing, or could not be checked. */
  readonly severity: "error" | "warning";
  /** A sentence for the operator, with the fix. Without secrets. */
  readonly message: string;
}
