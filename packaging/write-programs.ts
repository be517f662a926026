import { writePrograms } from './programs.ts';

await writePrograms('dist');
