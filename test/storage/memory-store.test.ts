import { memoryStore } from '../../lib/storage/memory-store.ts';
import { objectStoreContract } from '../contracts/object-store.ts';

objectStoreContract('memoryStore', async () => ({ store: memoryStore(), close: async () => {} }));
