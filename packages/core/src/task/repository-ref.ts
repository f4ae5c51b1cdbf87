import { z } from "zod";
import { nameSchema } from "./name.js";

/** The repository in which the work is done. Everything is keyed by `id`: paths can be renamed and reused. */
export const repositoryRefSchema = z.object({
  /** The name of the provider whose code host holds it. */
  provider: nameSchema,
  /** The code host's own id of the installation that grants access: it selects the credential. */
  tenant: nameSchema,
  /** The code host's own id of the repository. */
  id: nameSchema,
  /** The full path at the code host, such as `octocat/hello` or `group/subgroup/name`: for people and addresses, never a key. */
  path: nameSchema,
  defaultBranch: z.string(),
});

/** The repository in which the work is done. */
export type RepositoryRef = z.infer<typeof repositoryRefSchema>;
