import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Exchange } from './exchange.ts';
import { responseHeaders } from './headers.ts';

/**
 * After the target's 101 the two connections are one: bytes pass both ways with backpressure, an end
 * is passed on, and silence of both for the idle timeout ends them.
 */
export function joinConnections(
  exchange: Exchange,
  incoming: IncomingMessage,
  target: { socket: Duplex; head: Buffer },
  cookies: readonly string[],
): void {
  const { upgrade, response, listener } = exchange;
  if (!upgrade) return void target.socket.destroy();
  const client = upgrade.socket;
  if (client instanceof Socket) response.detachSocket(client);
  client.write(switchingProtocols(incoming, cookies));
  if (target.head.length > 0) client.write(target.head);
  if (upgrade.head.length > 0) target.socket.write(upgrade.head);
  client.pipe(target.socket).pipe(client);
  const end = () => {
    client.destroy();
    target.socket.destroy();
  };
  for (const socket of [client, target.socket]) {
    socket.on('error', end);
    socket.on('close', end);
    if (socket instanceof Socket) socket.setTimeout(listener.idleTimeout(), end);
  }
  exchange.target?.upgraded.add(target.socket);
  target.socket.on('close', () => exchange.target?.upgraded.delete(target.socket));
  response.emit('close');
}

function switchingProtocols(incoming: IncomingMessage, cookies: readonly string[]): string {
  const headers = ['Connection', 'upgrade', 'Upgrade', incoming.headers.upgrade ?? 'websocket'];
  headers.push(...responseHeaders(incoming, cookies));
  const lines = ['HTTP/1.1 101 Switching Protocols'];
  for (let index = 0; index < headers.length; index += 2)
    lines.push(`${headers[index]}: ${headers[index + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
