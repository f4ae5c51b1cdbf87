// npm run demo: one signed webhook, end to end, with no server, no key and no network.
import { runExample } from "./run-example.mjs";

await runExample("demo");
