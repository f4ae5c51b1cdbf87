/** The event streams that this process serves: a bounded number, all of which end when it drains. */
export interface OpenStreams {
  /** Takes a place, or says why there is none. `end` is called when the process drains. */
  open(end: () => void): StreamPlace | "full" | "draining";
  /** Ends every stream, so that its viewer goes on elsewhere, and opens no new one. */
  drain(): void;
}

/** A place among the open streams. */
export interface StreamPlace {
  /** Gives it back; idempotent. */
  release(): void;
}

/** Makes {@link OpenStreams} without a stream. */
export function createOpenStreams(maxStreams: number): OpenStreams {
  const ends = new Set<() => void>();
  let isDraining = false;
  return {
    open(end) {
      if (isDraining) return "draining";
      if (ends.size >= maxStreams) return "full";
      // A function of its own, so that no two places are one.
      const place = (): void => end();
      ends.add(place);
      return { release: () => void ends.delete(place) };
    },
    drain() {
      isDraining = true;
      for (const end of [...ends]) end();
    },
  };
}
