import type { Problem } from "../http/responses.js";

const headersTooLarge: Problem = {
  status: 431,
  code: "HEADERS_TOO_LARGE",
  title: "Headers too large",
  detail: "The request line and headers are larger than this server reads.",
};

const chunkExtensionsTooLarge: Problem = {
  status: 413,
  code: "BODY_TOO_LARGE",
  title: "Body too large",
  detail: "The chunk extensions of the body are larger than this server reads.",
};

const timedOut: Problem = {
  status: 408,
  code: "REQUEST_TIMED_OUT",
  title: "Request timed out",
  detail: "The request took too long to arrive.",
};

const invalid: Problem = {
  status: 400,
  code: "REQUEST_INVALID",
  title: "Invalid request",
  detail: "The request is malformed.",
};

/** What is wrong with a request that Node could not read, by the code of Node's error. */
export function clientProblem(errorCode: string | null): Problem {
  switch (errorCode) {
    case "HPE_HEADER_OVERFLOW":
      return headersTooLarge;
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return chunkExtensionsTooLarge;
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return timedOut;
    default:
      return invalid;
  }
}
