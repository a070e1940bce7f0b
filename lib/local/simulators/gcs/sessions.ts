import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { openCollection } from '../state.ts';

const texts = z.record(z.string(), z.string());
const session = z.object({
  id: z.string(),
  bucket: z.string(),
  name: z.string(),
  started: z.iso.datetime(),
  contentType: z.string(),
  headers: texts,
  metadata: texts,
  /** The query of the request that began it, where its preconditions stand. */
  query: z.string(),
  expected: z.object({ md5: z.string().optional(), crc32c: z.string().optional() }),
  /** What the beginning said of the whole size (`X-Upload-Content-Length`). */
  declared: z.number().nullable().default(null),
  pieces: z.array(z.object({ blob: z.string(), size: z.number() })),
  crc32c: z.number(),
  /** The generation that came of it; null while bytes are missing. */
  finished: z.string().nullable(),
});

/** A resumable upload: what it will be, and the pieces that have come so far. */
export type Session = z.infer<typeof session>;

export interface Sessions {
  start(facts: Omit<Session, 'id' | 'pieces' | 'crc32c' | 'finished'>): Promise<Session>;
  find(id: string): Promise<Session | null>;
  save(session: Session): Promise<void>;
  end(id: string): Promise<void>;
}

/** Opens the resumable uploads under a state folder; they outlive the process, as the service's outlive a client. */
export function openSessions(stateDir: string): Sessions {
  const sessions = openCollection(stateDir, 'gcs-uploads', session);
  return {
    async start(facts) {
      const id = randomBytes(24).toString('hex');
      const started = { ...facts, id, pieces: [], crc32c: 0, finished: null };
      await sessions.put(id, started);
      return started;
    },
    find: (id) => (/^[0-9a-f]{48}$/.test(id) ? sessions.get(id) : Promise.resolve(null)),
    save: (changed) => sessions.put(changed.id, changed),
    end: (id) => sessions.delete(id),
  };
}

/** Bytes that have come so far. */
export function receivedBytes({ pieces }: Session): number {
  return pieces.reduce((sum, piece) => sum + piece.size, 0);
}
