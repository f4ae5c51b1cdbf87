/** A real git server and real repositories, for tests and demos. */

export * from "./commit-files.js";
export * from "./create-bare-repository.js";
export * from "./create-git-http-handler.js";
export * from "./start-git-http-server.js";
