import type { StoreHealth } from "../ports/store.js";
import type { OutageReporter } from "./create-outage-reporter.js";

/** The same health, whose failures are reported: who only looks finds an outage too. */
export function reportingHealth(health: StoreHealth, outages: OutageReporter): StoreHealth {
  return {
    async ping(signal) {
      try {
        await health.ping(signal);
      } catch (error) {
        outages.report(error);
        throw error;
      }
    },
  };
}
