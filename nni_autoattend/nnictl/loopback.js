// Preloaded into NNI's node server by NODE_OPTIONS=--require: it then listens on 127.0.0.1 alone.
//
// NNI 3.0 names no address when it listens, so node takes every interface of the machine; it asks for no password and
// hands out any file of its user (trial-file/ID/..%2F..%2F). Workers of the remote training service must reach the
// server from outside: for them AUTOATTEND_WORKERS, {"address": one of this machine's, "peers": [theirs]}, opens one
// more door on the same port, that lets in nobody else and nothing but the workers' own channel.
'use strict';

const http = require('node:http');
const net = require('node:net');

const LOOPBACK = '127.0.0.1';
const EVERYWHERE = new Set(['', '0.0.0.0', '::', '0:0:0:0:0:0:0:0']);
const listen = net.Server.prototype.listen;

net.Server.prototype.listen = function (...given) {
    const first = given[0];
    if (first !== null && typeof first === 'object') {
        if ('port' in first && isEverywhere(first.host)) {
            given[0] = { ...first, host: LOOPBACK };
        }
    } else if (first === undefined || first === null || isPort(first)) {
        given.splice(0, 1, first ?? 0); // no port is any free port
        takeLoopback(given);
    } else if (typeof first === 'function') {
        given.unshift(0, LOOPBACK);
    }
    if (this instanceof http.Server) {
        openToWorkers(this);
    }
    return listen.apply(this, given);
};

function isPort(value) {
    return typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value));
}

function isEverywhere(host) {
    return host === undefined || host === null || EVERYWHERE.has(host);
}

// listen(port[, host][, backlog][, callback])
function takeLoopback(given) {
    if (typeof given[1] === 'string' || given[1] === undefined || given[1] === null) {
        if (isEverywhere(given[1])) {
            given[1] = LOOPBACK;
        }
    } else {
        given.splice(1, 0, LOOPBACK);
    }
}

function openToWorkers(server) {
    if (!process.env.AUTOATTEND_WORKERS) {
        return;
    }
    const { address, peers } = JSON.parse(process.env.AUTOATTEND_WORKERS);
    const door = http.createServer((_request, response) => {
        response.writeHead(403, { 'Content-Type': 'text/plain' });
        response.end('only the workers of the experiment are let in here\n');
    });
    door.on('upgrade', (request, socket, head) => {
        const peer = String(socket.remoteAddress).replace(/^::ffff:/, '');
        if (peers.includes(peer) && isChannelOfWorker(request.url)) {
            server.emit('upgrade', request, socket, head);
        } else {
            console.error(`refused: ${peer} asked ${address} for ${JSON.stringify(request.url)}`);
            socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
        }
    });
    server.once('listening', () => {
        listen.call(door, server.address().port, address);
        door.unref();
    });
    server.once('close', () => door.close());
}

// NNI gives its workers ws://ADDRESS:PORT/[PREFIX/]platform/SERVICE/CHANNEL
function isChannelOfWorker(url) {
    const flag = process.argv.indexOf('--url-prefix');
    const prefix = flag < 0 ? '' : `/${process.argv[flag + 1]}`;
    return url.startsWith(`${prefix}/platform/`) && /^\/[\w-]+\/[\w-]+$/.test(url.slice(`${prefix}/platform`.length));
}
