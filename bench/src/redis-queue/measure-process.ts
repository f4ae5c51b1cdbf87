// One side of the comparison, in a process of its own: takes a request as its argument, answers with a measurement.
import { Redis } from "ioredis";
import { type Measurement, type MeasureRequest, noMeasurement } from "./measurement.js";
import { measures } from "./measures.js";

const request: MeasureRequest = JSON.parse(process.argv[2] ?? "{}");
const { name } = request;
const admin = new Redis(request.redisUrl);
// Only the side that is measured is loaded.
const side =
  request.side === "agentbot"
    ? (await import("./agentbot-side.js")).createAgentbotSide(request.redisUrl, name)
    : (await import("./bullmq-side.js")).createBullmqSide(request.redisUrl, name);
const measured = await measures[request.measure]({ request, side, admin });
const measurement: Measurement = { ...noMeasurement, ...measured };
await side.close();
admin.disconnect();
process.stdout.write(`${JSON.stringify(measurement)}\n`, () => process.exit(0));
