import type { ProgramPlaces } from "../server/find-program.js";

/** How {@link findTestServices} looks. */
export interface TestServicesOptions extends Pick<ProgramPlaces, "directories"> {
  /**
   * The environment, of which `REDIS_URL`, `DATABASE_URL`, `PATH`, `HOME`, `DOCKER_HOST` and `XDG_RUNTIME_DIR` are
   * read: pass `process.env`.
   */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /**
   * May what is missing be installed? Then testcontainers goes, unsaved, into `directory`, whose `node_modules` this
   * package is loaded from; and root gets servers by apt-get. @defaultValue null: nothing is installed
   */
  readonly install?: { readonly directory: string } | null;
  /** Told, in a sentence, what takes long: an installation. @defaultValue nobody is told */
  readonly onProgress?: (sentence: string) => void;
  /** Aborting it ends the search and closes what it started. */
  readonly signal?: AbortSignal;
}
