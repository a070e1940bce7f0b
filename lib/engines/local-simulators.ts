export { startSimulators as openSimulators } from '../local/simulators/start.ts';
