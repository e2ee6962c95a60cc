<?php
require_once __DIR__ . '/../plugin/ExposureReset/ExposureReset.php';
require_once __DIR__ . '/../plugin/ExposureReset/plugin_info.php';
require_once __DIR__ . '/FrontRig.php';

use PHPUnit\Framework\TestCase;

/** What EC-CUBE's engine reads of the plugin, where its files are found, and the shop's hashes. */
class PluginTest extends TestCase
{
    public function testWhatTheEngineReads()
    {
        $this->assertSame(ExposureReset_Run::VERSION, plugin_info::$PLUGIN_VERSION);
        $this->assertSame(ExposureReset_Plugin::CODE, plugin_info::$PLUGIN_CODE);
        $this->assertFileExists(__DIR__ . '/../plugin/ExposureReset/' . plugin_info::$CLASS_NAME . '.php');
        foreach (array('install', 'uninstall', 'enable', 'disable') as $name) {
            $method = new ReflectionMethod('ExposureReset', $name);
            $this->assertTrue($method->isStatic(), $name);
            $this->assertSame(1, $method->getNumberOfRequiredParameters(), $name);
        }
    }

    public function testHooksOfTheShopAndNoOthers()
    {
        $rows = array(array('hook_point' => 'x', 'callback' => 'noSuchThing'), array('hook_point' => 'y'));
        foreach (plugin_info::$HOOK_POINTS as $point) {
            $rows[] = array('hook_point' => $point[0], 'callback' => $point[1]);
        }
        $helper = new HookBook();
        $plugin = new ExposureReset(array('plugin_hook_point' => $rows));
        $plugin->register($helper, 5);
        $this->assertSame(array_map(function ($point) {
            return $point[0] . ' ' . $point[1] . ' 5';
        }, plugin_info::$HOOK_POINTS), $helper->points);
    }

    public function testSettingsOfARowAndOfThePackage()
    {
        $settings = FrontRig::settings();
        $this->assertEquals($settings, ExposureReset_Plugin::settings(array('free_field1' => $settings->pack())));
        $this->assertSame('watch', ExposureReset_Plugin::settings(array())->mode);
        $this->assertSame('', ExposureReset_Plugin::settings(array('free_field1' => null))->key);
    }

    public function testWhereEcCubeIs()
    {
        $shop = sys_get_temp_dir() . '/kit' . bin2hex(random_bytes(8));
        $plugin = $shop . '/data/downloads/plugin/ExposureReset';
        mkdir($plugin, 0700, true);
        mkdir($shop . '/public_html');
        try {
            $this->assertSame('', ExposureReset_Cron::find('', $plugin));
            file_put_contents($shop . '/public_html/define.php', '<?php');
            $this->assertSame(realpath($shop) . '/public_html/', ExposureReset_Cron::find('', $plugin));
            $this->assertSame(realpath($shop) . '/public_html/', ExposureReset_Cron::find($shop . '/public_html', $plugin));
            $this->assertSame('', ExposureReset_Cron::find($shop . '/data', $plugin));
        } finally {
            unlink($shop . '/public_html/define.php');
            foreach (array('public_html', 'data/downloads/plugin/ExposureReset', 'data/downloads/plugin', 'data/downloads', 'data', '') as $dir) {
                rmdir($shop . '/' . $dir);
            }
        }
    }

    /**
     * @runInSeparateProcess
     * @preserveGlobalState disabled
     */
    public function testHashesOfTheOldestShops()
    {
        define('AUTH_MAGIC', 'magic');
        $hasher = new ExposureReset_Hasher();
        $this->assertSame(sha1('tidy-otter:magic'), $hasher->hash('tidy-otter', ''));
        $this->assertTrue($hasher->matches('tidy-otter', sha1('tidy-otter:magic'), ''));
        $this->assertFalse($hasher->matches('tidy-ottes', sha1('tidy-otter:magic'), ''));
        $this->assertFalse($hasher->matches('', '', ''));
        $this->assertFalse($hasher->matches('x', null, ''));
    }

    /**
     * @runInSeparateProcess
     * @preserveGlobalState disabled
     */
    public function testShopsThatKeepPasswordsAsTheyAre()
    {
        define('AUTH_TYPE', 'PLAIN');
        define('AUTH_MAGIC', 'magic');
        $hasher = new ExposureReset_Hasher();
        $this->assertSame('tidy-otter', $hasher->hash('tidy-otter', 'salt'));
        $this->assertTrue($hasher->matches('tidy-otter', 'tidy-otter', 'salt'));
        $this->assertFalse($hasher->matches('', '', 'salt'));
    }
}

class HookBook
{
    public $points = array();

    public function addAction($point, $callback, $priority)
    {
        $this->points[] = $point . ' ' . $callback[1] . ' ' . $priority;
    }
}
