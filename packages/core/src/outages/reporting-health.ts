import type { StoreHealth } from "../ports/store.js";
import type { OutageReporter } from "./create-outage-reporter.js";

/** The same health, whose failures are reported: who only looks finds an outage too. */
export function reportingHealth(health: StoreHealth, outages: OutageReporter): StoreHealth {
  return {
    async ping(options) {
      try {
        await health.ping(options);
      } catch (error) {
        outages.report(error);
        throw error;
      }
    },
  };
}
