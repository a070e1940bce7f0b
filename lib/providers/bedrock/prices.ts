import type { Fact, ModelFacts } from '../facts.ts';
import { AS_OF, SOURCES } from './sources.ts';

type Prices = Pick<ModelFacts, 'usdPerMillionTokens' | 'usdPerMillionTunedTokens' | 'storageUsdPerMonth'>;

const UNVERIFIED = 'not verified: AWS publishes training prices in its price list only, which needs an account';
const THIRD_PARTY = 'read by a third party';
const SAME_AS_BASE = 'what the base model costs: a tuned one on demand is said to cost the same';
const STORAGE_SEEN = price(1.95, SOURCES.userBill);
const STORAGE_ASSUMED = price(
  1.95,
  SOURCES.userBill,
  'seen for other Nova models; assumed to be the same for this one',
);

/** US dollars in us-east-1, by model. Training: tokens x epochs. Those of Nova 1 are recalled, and the notes say how sure they are. */
export const PRICES: Readonly<Record<string, Prices>> = {
  'amazon.nova-lite-v1:0:300k': {
    usdPerMillionTokens: price(
      2,
      'recalled; consistent with a reference run (300 rows with images, 5 epochs, about 2.1 USD)',
      UNVERIFIED,
    ),
    usdPerMillionTunedTokens: price({ input: 0.06, output: 0.24 }, SOURCES.deployment, SAME_AS_BASE),
    storageUsdPerMonth: STORAGE_SEEN,
  },
  'amazon.nova-pro-v1:0:300k': {
    usdPerMillionTokens: price(8, SOURCES.recalled, UNVERIFIED),
    usdPerMillionTunedTokens: price({ input: 0.8, output: 3.2 }, SOURCES.deployment, SAME_AS_BASE),
    storageUsdPerMonth: STORAGE_ASSUMED,
  },
  'amazon.nova-2-lite-v1:0:256k': {
    usdPerMillionTokens: price(3.78, SOURCES.priceQuery, THIRD_PARTY),
    usdPerMillionTunedTokens: price({ input: 0.3, output: 2.5 }, SOURCES.priceQuery, THIRD_PARTY),
    storageUsdPerMonth: price(1.95, SOURCES.priceQuery, THIRD_PARTY),
  },
  'amazon.nova-micro-v1:0:128k': {
    usdPerMillionTokens: price(1, 'recalled; "3.8 times cheaper than Nova 2 Lite"', UNVERIFIED),
    usdPerMillionTunedTokens: price({ input: 0.035, output: 0.14 }, SOURCES.recalled, SAME_AS_BASE),
    storageUsdPerMonth: STORAGE_ASSUMED,
  },
};

function price<T>(value: T, source: string, note?: string): Fact<T> {
  return { value, source, asOf: AS_OF, ...(note === undefined ? {} : { note }) };
}
