import { createGateway } from "@agentbot/core";
import { readSettings } from "../process-settings.js";
import { composeShared } from "./compose-shared.js";
import { serve } from "./serve.js";

const settings = readSettings();
const shared = await composeShared(settings);
await serve(settings, shared, { gateway: createGateway(shared), worker: null });
