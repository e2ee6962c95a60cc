<?php
use PHPUnit\Framework\TestCase;

class HttpTest extends TestCase
{
    private $server;
    private $http;
    private $url;

    protected function setUp(): void
    {
        if (!getenv('KIT_API_DIR')) {
            $this->markTestSkipped('the servers are started by the Go test');
        }
        $this->server = new Server();
        $this->http = new ExposureReset_Http();
        $this->url = getenv('KIT_API_URL') . '/v1/mypage/x';
    }

    private function word($call)
    {
        try {
            call_user_func($call);
        } catch (ExposureReset_Unreachable $e) {
            return $e->getMessage();
        }
        return 'an answer';
    }

    private function get($url, $ca = '', $total = 5)
    {
        $http = new ExposureReset_Http($ca);
        return $http->request('GET', $url, array(), null, 2, $total);
    }

    public function testThisIsTheWayThatWasMeant()
    {
        $this->assertSame(getenv('KIT_WAY') === 'curl', function_exists('curl_init'));
    }

    public function testWhatIsSentAndReceived()
    {
        $this->server->instead('/x', 418, '{"a":1}', array('Content-Type: application/json', 'X-Odd:  two words '));
        $a = $this->http->request('POST', $this->url . '?q=1', array('Authorization: Bearer k', 'Idempotency-Key: i'), '{"b":2}', 2, 5);
        $this->assertSame(418, $a['status']);
        $this->assertSame('{"a":1}', $a['body']);
        $this->assertSame('two words', $a['headers']['x-odd']);
        $log = $this->server->log();
        $this->assertSame(array('call' => 'POST /v1/mypage/x?q=1', 'key' => 'Bearer k', 'type' => 'application/json', 'idempotency' => 'i', 'body' => '{"b":2}'), $log[0]);
    }

    public function testPostWithoutBodyNamesNoType()
    {
        $this->server->instead('/x', 200, '');
        $this->http->request('POST', $this->url, array(), null, 2, 5);
        $log = $this->server->log();
        $this->assertSame(array('', ''), array($log[0]['type'], $log[0]['body']));
    }

    public function testNoContentHasNoBody()
    {
        $this->server->instead('/x', 204);
        $a = $this->http->request('GET', $this->url, array(), null, 2, 5);
        $this->assertSame(array(204, ''), array($a['status'], $a['body']));
    }

    public function testTooLargeIsNoAnswer()
    {
        $this->server->instead('/x', 200, str_repeat('a', 65536), array('Content-Type: application/json'), 0, 17);
        $this->assertSame('answer', $this->word(array($this, 'getX')));
        $this->server->instead('/x', 200, str_repeat('a', 65536), array('Content-Type: application/json'), 0, 16);
        $this->assertSame('an answer', $this->word(array($this, 'getX')));
    }

    public function getX()
    {
        return $this->get($this->url);
    }

    public function testSlowIsATimeout()
    {
        $this->server->instead('/x', 200, '{}', array(), 3);
        $test = $this;
        $this->assertSame('timeout', $this->word(function () use ($test) {
            $test->slow();
        }));
    }

    public function slow()
    {
        $this->get($this->url, '', 1);
    }

    public function testNobodyThere()
    {
        $this->assertSame('connect', $this->word(function () {
            $http = new ExposureReset_Http();
            $http->request('GET', 'http://127.0.0.1:1/v1', array(), null, 1, 2);
        }));
    }

    public function testRedirectsAreNotFollowed()
    {
        $a = $this->get(getenv('KIT_TLS_GOOD') . '/moved', getenv('KIT_TLS_CA'));
        $this->assertSame(302, $a['status']);
    }

    public function testChunks()
    {
        $a = $this->get(getenv('KIT_TLS_GOOD') . '/chunks', getenv('KIT_TLS_CA'));
        $this->assertSame('piece 0;piece 1;piece 2;', $a['body']);
    }

    public function testOnlyTheRightCertificateIsBelieved()
    {
        $a = $this->get(getenv('KIT_TLS_GOOD') . '/list', getenv('KIT_TLS_CA'));
        $this->assertSame(200, $a['status']);
        foreach (array('SELF', 'NAME', 'EXPIRED') as $name) {
            $this->assertSame('tls', $this->word(function () use ($name) {
                $http = new ExposureReset_Http(getenv('KIT_TLS_CA'));
                $http->request('GET', getenv("KIT_TLS_$name") . '/list', array(), null, 2, 5);
            }), $name);
        }
        $this->assertSame('tls', $this->word(function () {
            $http = new ExposureReset_Http();
            $http->request('GET', getenv('KIT_TLS_GOOD') . '/list', array(), null, 2, 5);
        }), 'an authority that the system does not know');
    }

    public function testOtherWaysAreRefused()
    {
        foreach (array('http://api.example.com/v1', 'file:///etc/passwd', 'ftp://127.0.0.1/', 'https://user:pw@api.example.com/', "https://api.example.com/\r\nX: y") as $url) {
            $this->assertSame('tls', $this->word(function () use ($url) {
                $http = new ExposureReset_Http();
                $http->request('GET', $url, array(), null, 1, 2);
            }), $url);
        }
        $this->assertSame('setup', $this->word(function () {
            $http = new ExposureReset_Http();
            $http->request('GET', getenv('KIT_API_URL') . '/v1', array("X: y\r\nZ: z"), null, 1, 2);
        }));
    }

    /** @dataProvider names */
    public function testNamesOfACertificate($want, $san, $cn, $host)
    {
        $certificate = array('subject' => array('CN' => $cn)) + ($san === null ? array() : array('extensions' => array('subjectAltName' => $san)));
        $this->assertSame($want, ExposureReset_HttpStream::named($certificate, $host));
    }

    public static function names()
    {
        return array(
            array(true, 'DNS:a.example.com, DNS:b.example.com', 'c.example.com', 'b.example.com'),
            array(false, 'DNS:a.example.com', 'b.example.com', 'b.example.com'), // the common name is not asked then
            array(true, null, 'b.example.com', 'B.example.com'),
            array(true, 'DNS:*.example.com', '', 'b.example.com'),
            array(false, 'DNS:*.example.com', '', 'a.b.example.com'),
            array(false, 'DNS:*.example.com', '', 'example.com'),
            array(false, 'DNS:*.com', '', 'example.com'),
            array(true, 'IP Address:127.0.0.1', '', '127.0.0.1'),
            array(false, 'email:b.example.com', '', 'b.example.com'),
            array(false, null, array('a', 'b'), 'a'),
        );
    }
}
