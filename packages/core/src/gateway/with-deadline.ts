export * from "../http/with-deadline.js";
