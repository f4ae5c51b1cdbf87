import { z } from "zod";
import { nameSchema } from "./name.js";
import type { ShapeOf } from "./shape-of.js";

/** The repository in which the work is done. Everything is keyed by `id`: paths can be renamed and reused. */
export interface RepositoryRef {
  /** The name of the provider whose code host holds it. */
  readonly provider: string;
  /** The code host's own id of the installation that grants access: it selects the credential. */
  readonly tenant: string;
  /** The code host's own id of the repository. */
  readonly id: string;
  /** The full path at the code host, such as `octocat/hello` or `group/subgroup/name`: for people and addresses, never a key. */
  readonly path: string;
  /** The branch that work begins from where the request names none. */
  readonly defaultBranch: string;
}

/** The schema of {@link RepositoryRef}. */
export const repositoryRefSchema = z.object({
  provider: nameSchema,
  tenant: nameSchema,
  id: nameSchema,
  path: nameSchema,
  defaultBranch: z.string(),
} satisfies ShapeOf<RepositoryRef>);
