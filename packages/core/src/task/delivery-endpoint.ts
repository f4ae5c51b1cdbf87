/** Where a delivery came in: the provider's path, the installation it named, and which explicit replay it was. */
export interface DeliveryEndpoint {
  readonly provider: string;
  /** Null for the provider's App endpoint. */
  readonly installationId: string | null;
  /** Null for what the provider itself sent. */
  readonly replay: DeliveryReplay | null;
}

/** An explicit replay of a stored delivery. */
export interface DeliveryReplay {
  /** The id of the delivery that the provider sent, also where a replay was replayed. */
  readonly of: string;
  /** The same delivery with the same key is the same replay. */
  readonly key: string;
}

/** The characters a replay key may have. */
export const replayKeyPattern = /^[\w.:-]{1,128}$/;

const endpointPattern = /^([^/?]+)(?:\/([^/?]+))?(?:\?replay=([^&]+)&key=([\w.:-]{1,128}))?$/;

/** The endpoint as it is stored. A replay has one of its own, so that it is no duplicate of what it replays. */
export function formatDeliveryEndpoint({ provider, installationId, replay }: DeliveryEndpoint): string {
  const path = installationId === null ? provider : `${provider}/${installationId}`;
  return replay === null ? path : `${path}?replay=${replay.of}&key=${replay.key}`;
}

/** Reads a stored endpoint; one that has another form is a provider's name. */
export function parseDeliveryEndpoint(endpoint: string): DeliveryEndpoint {
  const [, provider = endpoint, installationId = null, of, key] = endpointPattern.exec(endpoint) ?? [];
  return { provider, installationId, replay: of === undefined || key === undefined ? null : { of, key } };
}
