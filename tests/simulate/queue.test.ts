import { describe, expect, test } from '@jest/globals';
import { makeQueue } from '../../src/simulate/queue.ts';

describe('a queue of things that fall due', () => {
  test('gives them in order of time, and of one instant in the order of their coming', () => {
    const queue = makeQueue<number>();
    const instants = Array.from({ length: 500 }, (_, index) => (index * 7_919) % 101);
    instants.forEach((at, index) => queue.add(at, index));
    expect(queue.size()).toBe(500);
    const taken: number[] = [];
    while (queue.size() > 0) {
      const at = queue.next();
      const items = queue.take();
      expect(items).toEqual(instants.flatMap((instant, index) => (instant === at ? [index] : [])));
      taken.push(at);
    }
    expect(taken).toEqual([...taken].sort((a, b) => a - b));
    expect(queue.next()).toBe(Infinity);
    expect(queue.take()).toEqual([]);
  });
});
