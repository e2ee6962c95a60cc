<?php
require_once __DIR__ . '/../plugin/ExposureReset/lib/load.php';
require_once __DIR__ . '/FrontRig.php';

use PHPUnit\Framework\TestCase;

/** The note above the login form, and the red line for administrators. */
class NoteTest extends TestCase
{
    private function note()
    {
        return new ExposureReset_Note(FrontRig::settings());
    }

    /** @dataProvider forms */
    public function testItStandsRightBeforeTheFormOfThePage($source, $before)
    {
        $noted = $this->note()->into($source);
        $this->assertSame(1, substr_count($noted, ExposureReset_Note::MARK));
        $this->assertStringContainsString($this->note()->html() . $before, $noted);
        $this->assertSame($source, str_replace($this->note()->html(), '', $noted), 'nothing else is changed');
        $this->assertSame($noted, $this->note()->into($noted), 'once');
    }

    public function forms()
    {
        $pc = '<form name="login_mypage" id="login_mypage" method="post"><input name="login_email"><input type="password" name="login_pass" /></form>';
        $bloc = '<form name="login_form" id="login_form" method="post"><input type="password" name="login_pass" /></form>';
        $head = '<form name="header_login_form" id="header_login_form"><input type="password" name="login_pass"></form>';
        $search = '<form name="search_form" id="search_form"><input name="name"></form>';
        return array(
            'pc' => array('<body><h2>ログイン</h2>' . $pc . '</body>', '<form name="login_mypage"'),
            'a block first' => array('<body>あいう' . $search . $bloc . $pc, '<form name="login_mypage"'),
            'a header first' => array($head . '<p>' . $pc, '<form name="login_mypage"'),
            'checkout' => array($search . '<form name="member_form" id="member_form"><input name=login_pass></form><form name="member_form2"></form>', '<form name="member_form"'),
            'only a block' => array($search . $bloc, '<form name="login_form"'),
            'upper case' => array('<FORM METHOD="post"><INPUT NAME="login_pass"></FORM>', '<FORM METHOD="post">'),
        );
    }

    /** @dataProvider others */
    public function testOtherPagesStayAsTheyAre($source)
    {
        $this->assertSame($source, $this->note()->into($source));
        $this->assertFalse(ExposureReset_Note::fits($source));
    }

    public function others()
    {
        return array(array(''), array('<form name="search"><input name="name"></form>'), array('<input name="login_pass">'), array('<p>login_pass</p><form></form>'), array(null));
    }

    public function testItSaysTheSameToEverybody()
    {
        $html = $this->note()->html();
        $this->assertStringContainsString('2023年7月25日のお知らせにともない', $html);
        $this->assertStringContainsString('After our notice of 25 July 2023 we disabled', $html);
        $this->assertStringContainsString('<a href="https://check.example.com/check" rel="noreferrer">お客様情報の確認</a>', $html);
    }

    public function testTheRedLine()
    {
        $settings = FrontRig::settings();
        $this->assertSame('', ExposureReset_Alert::text($settings, 0));
        $this->assertSame('', ExposureReset_Alert::text($settings, 600));
        $this->assertStringContainsString('10分', ExposureReset_Alert::text($settings, 601));
        $this->assertStringContainsString('まだ一度も', ExposureReset_Alert::text($settings, null));
        $settings->key = '';
        $this->assertStringContainsString('未設定', ExposureReset_Alert::text($settings, 0));
        $this->assertSame('<body>', ExposureReset_Alert::into('<body>', ''));
        $with = ExposureReset_Alert::into('<html><body class="x">a</body>', '<b>');
        $this->assertMatchesRegularExpression('/<body class="x"><div class="exposure-reset-alert"[^>]*>[^<]*&lt;b&gt;<\/div>a/u', $with);
        $this->assertSame($with, ExposureReset_Alert::into($with, 'x'));
    }

    public function testOfAKeyOnlyTheBeginningIsShown()
    {
        $this->assertSame('exk_ICEi…', ExposureReset_Desk::hint(FrontRig::settings()->key));
        $this->assertSame('', ExposureReset_Desk::hint(''));
        $kept = ExposureReset_Desk::merged(FrontRig::settings(), array('key' => ' ', 'shop_name' => 'あさひ屋', 'unknown' => 'x', 'phone' => array('x')));
        $this->assertSame(FrontRig::settings()->key, $kept->key);
        $this->assertSame('あさひ屋', $kept->shop_name);
        $this->assertSame('0120-000-000', $kept->phone);
    }
}
