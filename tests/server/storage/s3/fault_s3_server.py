#!/usr/bin/env python3
"""An S3 server for tests, in memory, that makes mistakes on request.

    fault_s3_server.py        listens on a free port of loopback and prints it
    fault_s3_server.py FILE   speaks TLS, with certificate and key of this file

It has one bucket, "bucket" (as path and as host name), verifies signatures of
version 4 with code of its own, and speaks as Amazon documents it. It also plays
the token service (/sts/) and the metadata services of an instance (/latest/)
and of a container (/container, with the token "container-token").

POST /_control takes JSON that updates the settings below; "faults" is a list of

    {"on": OPERATION, "skip": N, "count": N, "do": ACTION, ...}

OPERATION is one of put, start, part, complete, abort, head, get, delete, list,
uploads, sts, metadata, or "any". ACTION is status (with "status" and "code"),
reset, lost (done, then the connection is reset), stall, etag (a wrong one),
error200 (an error behind status 200) or cut (half of the answer).
GET /_state gives objects, open uploads, and the operations so far.

It ends with the process that started it.
"""

import email.utils
import hashlib
import hmac
import http.server
import json
import os
import re
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.parse
from xml.sax.saxutils import escape

BUCKET = 'bucket'
SKEW_SECONDS = 15 * 60


class Refusal(Exception):
    """An answer that is an error."""

    def __init__(self, status, code):
        super().__init__(code)
        self.status = status
        self.code = code


class Store:
    """What the server holds; guarded by `lock`."""

    def __init__(self):
        self.lock = threading.Lock()
        self.objects = {}
        self.uploads = {}
        self.operations = []
        self.faults = []
        self.settings = {
            'keys': {'key': {'secret': 'secret'}},
            'clock_offset': 0,       # seconds that its clock is ahead
            'if_none_match': True,   # False: NotImplemented
            'page': 1000,
            'min_part': 5 << 20,
            'web_token': 'web-identity-token',
            'temporary': {},         # what sts and metadata give
            'role': 'role',
        }

    def now(self):
        return time.time() + self.settings['clock_offset']

    def take_fault(self, operation):
        for fault in self.faults:
            if fault['on'] not in (operation, 'any'):
                continue
            if fault.get('skip', 0) > 0:
                fault['skip'] -= 1
                continue
            if fault.get('count', 1) > 0:
                fault['count'] = fault.get('count', 1) - 1
                return fault
        return None


STORE = Store()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def check_signature(handler, body):
    """Refuses what is not signed as the documentation of S3 says."""
    headers = handler.headers
    match = re.fullmatch(
        r'AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request,'
        r'\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})',
        headers.get('authorization', ''))
    if not match:
        raise Refusal(403, 'AccessDenied')
    access, day, region, names, signature = match.groups()
    names = names.split(';')
    for name in headers:
        name = name.lower()
        if (name.startswith('x-amz-') or name == 'host') and name not in names:
            raise Refusal(403, 'AccessDenied')
    keys = STORE.settings['keys'].get(access)
    if keys is None:
        raise Refusal(403, 'InvalidAccessKeyId')
    if headers.get('x-amz-security-token', '') != keys.get('token', ''):
        raise Refusal(403, 'InvalidToken')
    if keys.get('expired'):
        raise Refusal(400, 'ExpiredToken')
    if sha256(body) != headers.get('x-amz-content-sha256'):
        raise Refusal(400, 'XAmzContentSHA256Mismatch')
    path, _, query = handler.path.partition('?')
    pairs = sorted(urllib.parse.parse_qsl(query, keep_blank_values=True))
    canonical_query = '&'.join(
        urllib.parse.quote(k, safe='-_.~') + '=' +
        urllib.parse.quote(v, safe='-_.~') for k, v in pairs)
    date = headers.get('x-amz-date', '')
    canonical = '\n'.join(
        [handler.command, path, canonical_query] +
        ['%s:%s' % (n, ' '.join(headers.get(n, '').split())) for n in names] +
        ['', ';'.join(names), headers['x-amz-content-sha256']])
    scope = '%s/%s/s3/aws4_request' % (day, region)
    to_sign = '\n'.join(
        ['AWS4-HMAC-SHA256', date, scope, sha256(canonical.encode())])
    key = ('AWS4' + keys['secret']).encode()
    for part in (day, region, 's3', 'aws4_request'):
        key = mac(key, part)
    if not hmac.compare_digest(mac(key, to_sign).hex(), signature):
        raise Refusal(403, 'SignatureDoesNotMatch')
    sent = time.mktime(time.strptime(date, '%Y%m%dT%H%M%SZ')) - time.timezone
    if abs(sent - STORE.now()) > SKEW_SECONDS or not date.startswith(day):
        raise Refusal(403, 'RequestTimeTooSkewed')


class Answer:
    def __init__(self, status=200, body=b'', headers=None):
        self.status = status
        self.body = body.encode() if isinstance(body, str) else body
        self.headers = headers or {}
        if isinstance(body, str):
            self.headers.setdefault('Content-Type', 'application/xml')


def etag_of(data):
    return '"%s"' % hashlib.md5(data).hexdigest()


def stored_headers(headers):
    return {k.lower(): v for k, v in headers.items()
            if k.lower().startswith(('x-amz-meta-',
                                     'x-amz-server-side-encryption'))}


def check_new(handler, key):
    if 'if-none-match' not in handler.headers:
        return
    if not STORE.settings['if_none_match']:
        raise Refusal(501, 'NotImplemented')
    if key in STORE.objects:
        raise Refusal(412, 'PreconditionFailed')


def do_put(handler, key, query, body):
    check_new(handler, key)
    STORE.objects[key] = {'data': body, 'etag': etag_of(body),
                          'headers': stored_headers(handler.headers)}
    return Answer(headers={'ETag': etag_of(body)})


def do_start(handler, key, query, body):
    upload = 'upload-%d+/=' % (len(STORE.operations) + 1)
    STORE.uploads[upload] = {'key': key, 'parts': {},
                             'headers': stored_headers(handler.headers)}
    return Answer(body='<?xml version="1.0"?>\n'
                  '<InitiateMultipartUploadResult xmlns="http://s3.amazonaws.'
                  'com/doc/2006-03-01/"><UploadId>%s</UploadId>'
                  '</InitiateMultipartUploadResult>' % escape(upload))


def upload_of(key, query):
    upload = STORE.uploads.get(query['uploadId'])
    if upload is None or upload['key'] != key:
        raise Refusal(404, 'NoSuchUpload')
    return upload


def do_part(handler, key, query, body):
    upload_of(key, query)['parts'][int(query['partNumber'])] = body
    return Answer(headers={'ETag': etag_of(body)})


def do_complete(handler, key, query, body):
    upload = upload_of(key, query)
    check_new(handler, key)
    listed = re.findall(rb'<Part><PartNumber>(\d+)</PartNumber>'
                        rb'<ETag>([^<]+)</ETag></Part>', body)
    data = b''
    for place, (number, etag) in enumerate(listed):
        part = upload['parts'].get(int(number))
        wanted = etag.decode().replace('&quot;', '"')
        if part is None or etag_of(part) != wanted:
            raise Refusal(400, 'InvalidPart')
        if place + 1 < len(listed) and len(part) < STORE.settings['min_part']:
            raise Refusal(400, 'EntityTooSmall')
        data += part
    if not listed:
        raise Refusal(400, 'MalformedXML')
    etag = '"%s-%d"' % (hashlib.md5(data).hexdigest(), len(listed))
    STORE.objects[key] = {'data': data, 'etag': etag,
                          'headers': upload['headers']}
    del STORE.uploads[query['uploadId']]
    return Answer(body='<CompleteMultipartUploadResult><ETag>%s</ETag>'
                  '</CompleteMultipartUploadResult>' % escape(etag))


def do_abort(handler, key, query, body):
    upload_of(key, query)
    del STORE.uploads[query['uploadId']]
    return Answer(204)


def object_of(key):
    if key not in STORE.objects:
        raise Refusal(404, 'NoSuchKey')
    return STORE.objects[key]


def do_head(handler, key, query, body):
    found = object_of(key)
    return Answer(body=found['data'],
                  headers={'ETag': found['etag'], **found['headers']})


def do_get(handler, key, query, body):
    found = object_of(key)
    if handler.headers.get('if-match', found['etag']) != found['etag']:
        raise Refusal(412, 'PreconditionFailed')
    first, last = re.fullmatch(r'bytes=(\d+)-(\d+)',
                               handler.headers['range']).groups()
    return Answer(206, found['data'][int(first):int(last) + 1],
                  {'ETag': found['etag']})


def do_delete(handler, key, query, body):
    STORE.objects.pop(key, None)
    return Answer(204)


def do_list(handler, key, query, body):
    prefix = query.get('prefix', '')
    after = query.get('continuation-token', '')
    keys = sorted(k for k in STORE.objects
                  if k.startswith(prefix) and '/' not in k[len(prefix):] and
                  k > after)
    page = keys[:STORE.settings['page']]
    more = len(keys) > len(page)
    return Answer(body='<ListBucketResult>%s<IsTruncated>%s</IsTruncated>%s'
                  '</ListBucketResult>' %
                  (''.join('<Contents><Key>%s</Key></Contents>' %
                           escape(urllib.parse.quote(k)) for k in page),
                   str(more).lower(),
                   '<NextContinuationToken>%s</NextContinuationToken>' %
                   escape(page[-1]) if more else ''))


def do_uploads(handler, key, query, body):
    prefix = query.get('prefix', '')
    after = (query.get('key-marker', ''), query.get('upload-id-marker', ''))
    found = sorted((u['key'], i) for i, u in STORE.uploads.items()
                   if u['key'].startswith(prefix))
    found = [pair for pair in found if pair > after]
    page = found[:STORE.settings['page']]
    more = len(found) > len(page)
    text = ''.join('<Upload><Key>%s</Key><UploadId>%s</UploadId></Upload>' %
                   (escape(urllib.parse.quote(k)), escape(i)) for k, i in page)
    if more:
        text += ('<NextKeyMarker>%s</NextKeyMarker><NextUploadIdMarker>%s'
                 '</NextUploadIdMarker>' %
                 (urllib.parse.quote(page[-1][0]), escape(page[-1][1])))
    return Answer(body='<ListMultipartUploadsResult>%s<IsTruncated>%s'
                  '</IsTruncated></ListMultipartUploadsResult>' %
                  (text, str(more).lower()))


OPERATIONS = {name[3:]: function for name, function in list(globals().items())
              if name.startswith('do_')}


def operation_of(method, query):
    if 'uploadId' in query:
        return {'PUT': 'part', 'POST': 'complete', 'DELETE': 'abort'}[method]
    if 'uploads' in query:
        return {'POST': 'start', 'GET': 'uploads'}[method]
    if 'list-type' in query:
        return 'list'
    return method.lower()


def temporary_keys():
    keys = {'access': 'temporary', 'secret': 'temporary-secret',
            'token': 'session/token+1==', 'seconds': 3600}
    keys.update(STORE.settings['temporary'])
    until = time.strftime('%Y-%m-%dT%H:%M:%SZ',
                          time.gmtime(time.time() + keys['seconds']))
    return keys, until


def answer_sts(body):
    form = dict(urllib.parse.parse_qsl(body.decode()))
    if (form.get('Action') != 'AssumeRoleWithWebIdentity' or
            form.get('WebIdentityToken') != STORE.settings['web_token'] or
            not form.get('RoleArn') or not form.get('RoleSessionName')):
        return Answer(400, '<ErrorResponse><Error><Code>InvalidIdentityToken'
                      '</Code></Error></ErrorResponse>')
    keys, until = temporary_keys()
    return Answer(body='<AssumeRoleWithWebIdentityResponse>'
                  '<AssumeRoleWithWebIdentityResult><Credentials>'
                  '<AccessKeyId>%s</AccessKeyId>'
                  '<SecretAccessKey>%s</SecretAccessKey>'
                  '<SessionToken>%s</SessionToken><Expiration>%s</Expiration>'
                  '</Credentials></AssumeRoleWithWebIdentityResult>'
                  '</AssumeRoleWithWebIdentityResponse>' %
                  (keys['access'], keys['secret'], keys['token'], until))


def keys_as_json():
    keys, until = temporary_keys()
    return Answer(body=json.dumps(
        {'Code': 'Success', 'AccessKeyId': keys['access'],
         'SecretAccessKey': keys['secret'], 'Token': keys['token'],
         'Expiration': until}).encode())


def answer_metadata(handler):
    if handler.path == '/container':
        if handler.headers.get('authorization') != 'container-token':
            return Answer(401, b'')
        return keys_as_json()
    if handler.path == '/latest/api/token':
        if (handler.command != 'PUT' or
                'x-aws-ec2-metadata-token-ttl-seconds' not in handler.headers):
            return Answer(400, b'')
        return Answer(body=b'metadata-token')
    if handler.headers.get('x-aws-ec2-metadata-token') != 'metadata-token':
        return Answer(401, b'')
    folder = '/latest/meta-data/iam/security-credentials/'
    role = STORE.settings['role']
    if handler.path == folder:
        return Answer(body=role.encode()) if role else Answer(404, b'')
    if handler.path != folder + role:
        return Answer(404, b'')
    return keys_as_json()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack('ii', 1, 0))
        self.close_connection = True
        # Its own end would be an orderly one.
        os.close(self.connection.detach())

    def give(self, answer, cut=False):
        self.send_response(answer.status)
        self.send_header('Content-Length', str(len(answer.body)))
        self.send_header('x-amz-request-id', 'REQ%d' % len(STORE.operations))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == 'HEAD' or answer.status == 204:
            return
        body = answer.body[:len(answer.body) // 2] if cut else answer.body
        self.wfile.write(body)
        if cut:
            self.wfile.flush()
            self.reset()

    def date_time_string(self, timestamp=None):
        return email.utils.formatdate(STORE.now(), usegmt=True)

    def refuse(self, refusal):
        self.give(Answer(refusal.status,
                         '<?xml version="1.0"?><Error><Code>%s</Code>'
                         '<Message>words with /a/path</Message></Error>' %
                         refusal.code))

    def s3(self, body):
        """Finds operation and key; path style and host style."""
        path, _, query = self.path.partition('?')
        query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        key = urllib.parse.unquote(path[1:])
        if not self.headers.get('host', '').startswith(BUCKET + '.'):
            bucket, _, key = key.partition('/')
            if bucket != BUCKET:
                raise Refusal(404, 'NoSuchBucket')
        operation = operation_of(self.command, query)
        return operation, lambda: OPERATIONS[operation](self, key, query, body)

    def control(self, body):
        if self.command == 'GET':
            state = {
                'objects': {k: {'size': len(o['data']),
                                'sha256': sha256(o['data']),
                                'headers': o['headers']}
                            for k, o in STORE.objects.items()},
                'uploads': sorted(u['key'] for u in STORE.uploads.values()),
                'operations': STORE.operations}
            self.give(Answer(body=json.dumps(state).encode()))
            return
        request = json.loads(body)
        STORE.faults = request.pop('faults', STORE.faults)
        for key, data in request.pop('objects', {}).items():
            STORE.objects[key] = {'data': data.encode(), 'headers': {},
                                  'etag': etag_of(data.encode())}
        STORE.settings.update(request)
        self.give(Answer(body=b'{}'))

    def serve(self):
        length = int(self.headers.get('content-length', '0'))
        body = self.rfile.read(length)
        if self.path in ('/_control', '/_state'):
            with STORE.lock:
                self.control(body)
            return
        try:
            with STORE.lock:
                if self.path.startswith('/sts/'):
                    operation, act = 'sts', lambda: answer_sts(body)
                elif self.path.startswith(('/latest/', '/container')):
                    operation, act = 'metadata', lambda: answer_metadata(self)
                else:
                    operation, act = self.s3(body)
                    check_signature(self, body)
                STORE.operations.append(operation)
                fault = STORE.take_fault(operation) or {'do': ''}
                if fault['do'] in ('', 'lost', 'etag', 'cut'):
                    answer = act()
        except Refusal as refusal:
            self.refuse(refusal)
            return
        action = fault['do']
        if action == 'stall':
            time.sleep(fault.get('seconds', 60))
            self.reset()
        elif action in ('reset', 'lost'):
            self.reset()
        elif action == 'status':
            self.refuse(Refusal(fault['status'], fault['code']))
        elif action == 'error200':
            self.give(Answer(200, '<?xml version="1.0"?><Error><Code>%s</Code>'
                             '</Error>' % fault.get('code', 'InternalError')))
        else:
            if action == 'etag':
                answer.headers['ETag'] = '"%s"' % ('0' * 32)
            self.give(answer, cut=action == 'cut')

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = serve


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        pass  # clients that are killed are part of the tests


def main():
    server = Server(('127.0.0.1', 0), Handler)
    if len(sys.argv) > 1:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(1)


if __name__ == '__main__':
    main()
