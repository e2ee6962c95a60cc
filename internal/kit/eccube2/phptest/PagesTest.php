<?php
require_once __DIR__ . '/../plugin/ExposureReset/lib/load.php';
require_once __DIR__ . '/FrontRig.php';

use PHPUnit\Framework\TestCase;

/** The pages: nothing from a setting becomes markup, nothing is loaded, nothing is handed on. */
class PagesTest extends TestCase
{
    const XSS = '"><script>alert(1)</script>\'<img src=x onerror=y>';

    protected function setUp(): void
    {
        $_SESSION = array();
    }

    private function pages($change = array(), $mobile = false, $self = '/forgot/', $login = 'https://shop.example.jp/mypage/login.php')
    {
        $settings = ExposureReset_Settings::fromArray($change + FrontRig::settings()->toArray());
        return new ExposureReset_Pages($settings, $mobile, new RigSession(), $self, $login);
    }

    private function all($pages)
    {
        return array('closed' => $pages->closed(), 'ticket' => $pages->ticket(FrontRig::TICKET, 'c'), 'password' => $pages->password(array('1001', '1002'), 1690000000, array('short', 'which'), 'c', new ExposureReset_Policy(50)),
            'one' => $pages->password(array('1001'), 1690000000, array(), 'c', new ExposureReset_Policy(50)), 'done' => $pages->done(true, 'c'), 'expired' => $pages->expired(),
            'refused' => $pages->refused(), 'away' => $pages->away(FrontRig::TICKET, 'c'), 'away at all' => $pages->away('', 'c'));
    }

    /** @dataProvider places */
    public function testSettingsNeverBecomeMarkup($setting)
    {
        foreach (array(false, true) as $mobile) {
            foreach ($this->all($this->pages(array($setting => self::XSS), $mobile)) as $name => $a) {
                $this->assertStringNotContainsString('<script', $a->body, $name);
                $this->assertStringNotContainsString('<img', $a->body, $name);
            }
        }
        $note = new ExposureReset_Note(ExposureReset_Settings::fromArray(array($setting => self::XSS) + FrontRig::settings()->toArray()));
        $this->assertStringNotContainsString('<script', $note->html());
        $this->assertStringNotContainsString('<img', $note->html());
    }

    public function places()
    {
        return array(array('shop_name'), array('notice_date'), array('lookup_url'), array('phone'));
    }

    /** @dataProvider addresses */
    public function testOnlyWebAddressesAreLinked($url, $linked)
    {
        $body = $this->pages(array('lookup_url' => $url))->closed()->body;
        $this->assertSame($linked, strpos($body, 'お客様情報の確認</a>') !== false);
        $this->assertStringNotContainsString('javascript:', $body);
        $this->assertStringContainsString('お客様情報の確認', $body);
    }

    public function addresses()
    {
        return array('https' => array('https://check.example.com/check', true), 'http' => array('http://localhost:8080/check', true),
            'script' => array('javascript:alert(1)', false), 'data' => array('data:text/html,x', false), 'relative' => array('//check.example.com/', false),
            'quote' => array('https://check.example.com/"onmouseover="x', false), 'line' => array("https://check.example.com/\nx", false), 'none' => array('', false));
    }

    public function testEveryPageKeepsItsAddressAndRunsNoScript()
    {
        foreach ($this->all($this->pages()) as $name => $a) {
            $this->assertSame('no-referrer', $a->headers['Referrer-Policy'], $name);
            $this->assertSame('no-store', $a->headers['Cache-Control'], $name);
            $this->assertStringContainsString("default-src 'none'", $a->headers['Content-Security-Policy'], $name);
            $this->assertStringNotContainsString('unsafe', $a->headers['Content-Security-Policy'], $name);
            $this->assertDoesNotMatchRegularExpression('/<script|<link|<img|<iframe|\ssrc=|\son[a-z]+=|\sstyle=/i', $a->body, $name);
            $this->assertStringContainsString('lang="ja"', $a->body, $name);
            $this->assertStringContainsString('lang="en"', $a->body, $name);
            $this->assertSame(1, substr_count($a->body, '<h1>'), $name);
            $this->assertStringContainsString('<meta name="exposure-forgot" content="closed">', $a->body, $name);
        }
    }

    public function testTheStyleIsTheOneThePolicyAllows()
    {
        $a = $this->pages()->closed();
        preg_match('/<style>(.*?)<\/style>/s', $a->body, $style);
        $this->assertStringContainsString("'sha256-" . base64_encode(hash('sha256', $style[1], true)) . "'", $a->headers['Content-Security-Policy']);
    }

    public function testEveryFieldHasALabelAndItsError()
    {
        $body = $this->pages()->password(array('1001', '1002'), 1690000000, array('short'), 'c', new ExposureReset_Policy(50))->body;
        preg_match_all('/<input(?![^>]*type="hidden")[^>]*\sid="([^"]+)"/', $body, $ids);
        $this->assertSame(array('member-1001', 'member-1002', 'password', 'again'), $ids[1]);
        foreach ($ids[1] as $id) {
            $this->assertStringContainsString('<label for="' . $id . '">', $body);
        }
        preg_match_all('/aria-describedby="([^"]+)"/', $body, $described);
        foreach (explode(' ', implode(' ', $described[1])) as $id) {
            $this->assertStringContainsString('id="' . $id . '"', $body);
        }
        $this->assertStringNotContainsString('maxlength', $body, 'a pasted password is never cut');
    }

    public function testFeaturePhonesGetShiftJisWithoutStyles()
    {
        foreach ($this->all($this->pages(array(), true)) as $name => $a) {
            $this->assertSame('text/html; charset=Shift_JIS', $a->headers['Content-Type'], $name);
            $text = mb_convert_encoding($a->body, 'UTF-8', 'SJIS-win');
            $this->assertStringContainsString('ひなた堂', $text, $name);
            $this->assertStringContainsString('お客様相談窓口', $text, $name);
            $this->assertStringNotContainsString('<style', $text, $name);
            $this->assertFalse(mb_check_encoding($a->body, 'UTF-8'), $name);
        }
    }

    /** @dataProvider paths */
    public function testItsOwnAddressIsAlwaysOnThisHost($path, $want)
    {
        $this->assertSame($want, $this->pages(array(), false, $path)->here());
    }

    public function paths()
    {
        return array('plain' => array('/forgot/', '/forgot/'), 'query' => array('/shop/forgot/index.php?ticket=x&a=b', '/shop/forgot/index.php'),
            'two slashes' => array('//evil.example/forgot/', '/evil.example/forgot/'), 'backslash' => array('/\\evil.example/', '/'),
            'scheme' => array('https://evil.example/', '/https://evil.example/'), 'line end' => array("/forgot/\r\nSet-Cookie: a=b", '/forgot/'), 'none' => array('', '/'));
    }

    public function testTheDayInEnglish()
    {
        $this->assertSame('25 July 2023', ExposureReset_Pages::day('2023年7月25日', 'en'));
        $this->assertSame('5 December 2023', ExposureReset_Pages::day('2023-12-05', 'en'));
        $this->assertSame('', ExposureReset_Pages::day('先週', 'en'));
        $this->assertSame('', ExposureReset_Pages::day('2023年13月25日', 'en'));
        $this->assertSame('先週', ExposureReset_Pages::day('先週', 'ja'));
    }

    public function testAnUnknownReasonStillSaysSomething()
    {
        $body = $this->pages()->password(array('1001'), 1690000000, array('new-code'), 'c', new ExposureReset_Policy(50))->body;
        $this->assertStringContainsString('このパスワードは使えません。', $body);
    }
}
