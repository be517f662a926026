/** As the configuration of a deployment, its functions and the command line spell it. */
export { targetName } from '../../engine/words/target.ts';
