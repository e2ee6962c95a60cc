<?php
use PHPUnit\Framework\TestCase;

class SettingsTest extends TestCase
{
    private static $good = array(
        'api_url' => 'https://mypage-api.example.com', 'key' => 'exk_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8', 'lookup_url' => 'https://lookup.example.com/check',
        'ca_file' => '', 'mode' => 'on', 'shop_name' => 'はな&雑貨=店', 'phone' => '0120-39-3501', 'notice_date' => '2023年7月25日',
    );

    public function testAFieldKeepsAllOfThem()
    {
        $s = ExposureReset_Settings::fromArray(self::$good);
        $this->assertSame(array(), $s->problems());
        $this->assertMatchesRegularExpression('/\A[\x20-\x7e]+\z/', $s->pack());
        $this->assertSame(self::$good, ExposureReset_Settings::unpack($s->pack())->toArray());
    }

    public function testAnythingElseIsEmptyAndWatches()
    {
        foreach (array('', null, 'a:1:{s:4:"mode";s:2:"on";}', '{"mode":"on"}', 'mode=%6f', 'mode=On') as $text) {
            $this->assertFalse(ExposureReset_Settings::unpack($text)->isOn());
        }
        $s = ExposureReset_Settings::fromArray(array('key' => array('x'), 'other' => 'y', 'api_url' => ' https://a.example.com/ '));
        $this->assertSame('', $s->key);
        $this->assertSame('https://a.example.com', $s->api_url);
        $this->assertCount(5, $s->problems());
    }

    /** @dataProvider wrong */
    public function testEachMistakeHasASentence($name, $value)
    {
        $this->assertCount(1, ExposureReset_Settings::fromArray(array($name => $value) + self::$good)->problems());
    }

    public static function wrong()
    {
        return array(
            array('api_url', 'http://mypage-api.example.com'), array('api_url', 'https://a.example.com/?x=1'), array('api_url', 'https://u:p@a.example.com'),
            array('api_url', "https://a.example.com/\nX"), array('api_url', ''), array('key', 'ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk'), array('key', ''),
            array('lookup_url', 'javascript:alert(1)'), array('ca_file', '/none/such.pem'), array('ca_file', 'phar://' . __FILE__), array('ca_file', 'file://' . __FILE__), array('ca_file', basename(__FILE__)), array('shop_name', ' '), array('phone', '電話'), array('notice_date', ''),
        );
    }

    public function testOnlyTheMachineItselfMayBeAskedInTheClear()
    {
        foreach (array('http://127.0.0.1:80', 'http://localhost/v1', 'http://[::1]:8080', 'https://[2001:db8::1]') as $url) {
            $this->assertTrue(ExposureReset_Settings::isSecure($url), $url);
        }
        foreach (array('http://127.0.0.1.example.com', 'http://localhost.example.com', 'http://10.0.0.1', 'HTTPS//x', 'https://') as $url) {
            $this->assertFalse(ExposureReset_Settings::isSecure($url), $url);
        }
    }
}
