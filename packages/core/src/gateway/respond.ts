export * from "../http/respond.js";
