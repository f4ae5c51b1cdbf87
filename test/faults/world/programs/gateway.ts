import { createGateway } from "@agentbot/core";
import { readSettings } from "../process-settings.js";
import { composeShared } from "./compose-shared.js";
import { serve } from "./serve.js";
import { shiftClock } from "./shift-clock.js";

const settings = readSettings();
shiftClock(settings);
const shared = await composeShared(settings);
await serve(settings, shared, { gateway: createGateway(shared), worker: null });
