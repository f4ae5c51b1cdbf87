import { fileURLToPath } from "node:url";
import { describeBot } from "../../minimal/test/fixtures/describe-bot.js";

describeBot("Hono", fileURLToPath(new URL("..", import.meta.url)));
