import { createGateway } from "@agentbot/core";
import { adminToken, readSettings } from "../process-settings.js";
import { composeShared } from "./compose-shared.js";
import { serve } from "./serve.js";
import { shiftClock } from "./shift-clock.js";

const settings = readSettings();
shiftClock(settings);
const { shared, gatewayOptions, cleanup } = await composeShared(settings);
const gateway = createGateway({ ...shared, ...gatewayOptions, admin: { token: adminToken } });
await serve(settings, { logger: shared.logger, cleanup }, { gateway, worker: null });
