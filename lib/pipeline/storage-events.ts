import { z } from 'zod';

/** An object that was written to a bucket, as S3 tells EventBridge; keys come as they are, not URL-encoded. */
const createdSchema = z.object({
  id: z.string().min(1),
  source: z.literal('aws.s3'),
  'detail-type': z.literal('Object Created'),
  time: z.iso.datetime({ offset: true }),
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({ key: z.string().min(1), size: z.number().nonnegative().default(0) }),
  }),
});

export interface ObjectCreated {
  event: string;
  bucket: string;
  key: string;
  size: number;
  at: Date;
}

/** One message's event; null for events about anything else (deletes, tests, other services). Throws on what is no JSON. */
export function parseObjectCreated(body: string): ObjectCreated | null {
  const parsed = createdSchema.safeParse(JSON.parse(body));
  if (!parsed.success) return null;
  const { id, time, detail } = parsed.data;
  return {
    event: id,
    bucket: detail.bucket.name,
    key: detail.object.key,
    size: detail.object.size,
    at: new Date(time),
  };
}
