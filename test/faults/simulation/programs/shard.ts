import { simulateSeeds } from "../simulate-seeds.js";

// A failed seed is simulated again with stacks; making them costs a tenth of the time.
Error.stackTraceLimit = 0;
const [first, count] = process.argv.slice(2).map(Number);
process.stdout.write(JSON.stringify(await simulateSeeds(first ?? 1, count ?? 1)));
