import { openWorkshop } from '../rehearsal/aws/workshop.ts';

/** All that tests leave in their temporary folder, and whatever they started, goes when they are over or are killed. */
export default function setUp(): void {
  openWorkshop('pika-tests');
}
