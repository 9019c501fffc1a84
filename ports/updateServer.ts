// The update server (WSUS) as the activities see it: synchronise, approve for a group, ask whether content is there.

export interface UpdateContent {
  kb: string;
  title: string;
  state: 'NotReady' | 'Ready' | 'Failed' | 'NotNeeded';
  approvals: string[];
}

export interface UpdateServerPort {
  /** Starts a synchronisation and approves nothing; returns when the script on the host has answered. */
  synchronise(): Promise<{ started: boolean }>;
  /** Approves for installation in a computer group; KBs the server does not know (yet) are returned, not errors. */
  approve(kbs: string[], group: string): Promise<{ approved: string[]; unknown: string[] }>;
  status(
    kbs: string[],
  ): Promise<{ synchronizing: boolean; lastSynchronization: string | null; updates: UpdateContent[] }>;
}
