import { z } from "zod";

/** The repository in which the work is done. Everything is keyed by `id`: names can be renamed and reused. */
export const repositoryRefSchema = z.object({
  /** The name of the provider whose code host holds it. */
  provider: z.string(),
  externalInstallationId: z.string(),
  /** The code host's own id. */
  id: z.string(),
  owner: z.string(),
  name: z.string(),
  defaultBranch: z.string(),
});

/** The repository in which the work is done. */
export type RepositoryRef = z.infer<typeof repositoryRefSchema>;
