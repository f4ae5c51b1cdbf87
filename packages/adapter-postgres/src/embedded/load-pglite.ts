import { AgentBotError } from "@agentbot/core";

/** The modules of the optional peer dependency, loaded only by who uses it. */
export async function loadPglite() {
  try {
    const [{ PGlite }, { NodeFS }] = await Promise.all([
      import("@electric-sql/pglite"),
      import("@electric-sql/pglite/nodefs"),
    ]);
    return { PGlite, NodeFS };
  } catch (error) {
    throw new AgentBotError(
      "CONFIGURATION_INVALID",
      "The embedded database needs the package @electric-sql/pglite: run `npm install @electric-sql/pglite`, or set a database URL.",
      { cause: error },
    );
  }
}
