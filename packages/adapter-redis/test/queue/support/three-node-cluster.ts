import { eventually } from "@agentbot/core/testing";
import { type PrivateRedis, startPrivateRedis } from "@agentbot/test-services";
import { Redis } from "ioredis";

/** A Redis Cluster of three nodes, each with a third of the slots. */
export interface ThreeNodeCluster {
  readonly ports: readonly number[];
  close(): Promise<void>;
}

const slotRanges = [
  ["0", "5460"],
  ["5461", "10922"],
  ["10923", "16383"],
] as const;

/** Starts a {@link ThreeNodeCluster}; it is ready when this resolves. */
export async function startThreeNodeCluster(): Promise<ThreeNodeCluster> {
  const settings = { "cluster-enabled": "yes", "cluster-announce-ip": "127.0.0.1" };
  const nodes: PrivateRedis[] = [];
  const admins: Redis[] = [];
  const close = async (): Promise<void> => {
    for (const admin of admins) admin.disconnect();
    for (const node of nodes) await node.close();
  };
  try {
    for (const [from, to] of slotRanges) {
      const node = await startPrivateRedis({ settings });
      const admin = new Redis(node.url);
      nodes.push(node);
      admins.push(admin);
      await admin.call("cluster", ["ADDSLOTSRANGE", from, to]);
      await admin.call("cluster", ["MEET", "127.0.0.1", String(nodes[0]?.port)]);
    }
    for (const admin of admins) {
      await eventually("the nodes to know each other", async () => {
        const info = String(await admin.call("cluster", ["INFO"]));
        return /cluster_state:ok/.test(info) && /cluster_known_nodes:3/.test(info) ? true : null;
      });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { ports: nodes.map(({ port }) => port), close };
}
