// npm run server: the full gateway and worker of examples/server.
import { runExample } from "./run-example.mjs";

await runExample("server");
