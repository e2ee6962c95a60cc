<?php
require_once dirname(__FILE__) . '/../plugin/ExposureReset/lib/load.php';
use PHPUnit\Framework\TestCase;

/** Which page runs is not for the browser to say, whatever it writes into the address. */
class ByHandTest extends TestCase
{
    /** @dataProvider forgotten */
    public function testNoSpellingOpensTheForgotPage($name, $file)
    {
        $this->assertTrue(ExposureReset_ByHand::isForgot(array('SCRIPT_NAME' => $name, 'SCRIPT_FILENAME' => $file)));
    }

    public static function forgotten()
    {
        return array(
            array('/forgot/index.php', ''), array('/shop/forgot/', ''), array('/mobile/forgot/index.php', ''), array('/forgot//index.php', ''), array('//forgot///index.php', ''),
            array('/forgot/index.php/mypage/index.php', ''), array('/FORGOT/Index.php', ''), array('/forgot/index.php/', ''), array('\\forgot\\index.php', ''),
            array('/index.php', '/home/shop/html/forgot/index.php'), array('', 'C:\\shop\\html\\forgot\\index.php'),
        );
    }

    public function testOtherPagesAreNone()
    {
        foreach (array('/index.php', '/mypage/login.php', '/forgotten/index.php', '/forgot/style.css', '/products/list.php/forgot/index.php') as $name) {
            $this->assertFalse(ExposureReset_ByHand::isForgot(array('SCRIPT_NAME' => $name)), $name);
        }
        $this->assertFalse(ExposureReset_ByHand::isForgot(array()));
    }

    public function testOnlyTheAdministrationIsTheAdministration()
    {
        foreach (array('/admin/index.php', '/shop/admin/home.php', '//admin//index.php', '/Admin/index.php') as $name) {
            $this->assertTrue(ExposureReset_ByHand::isAdmin(array('SCRIPT_NAME' => $name)), $name);
        }
        foreach (array('/mypage/index.php', '/mypage/index.php/admin/', '/mypage/index.php/admin/index.php', '/forgot/index.php/admin/x', '/administration/index.php', '') as $name) {
            $this->assertFalse(ExposureReset_ByHand::isAdmin(array('SCRIPT_NAME' => $name)), $name);
        }
    }
}
