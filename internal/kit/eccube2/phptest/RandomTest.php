<?php
use PHPUnit\Framework\TestCase;

class RandomTest extends TestCase
{
    /** Which source gives bytes, in a PHP that lacks some functions. */
    private function sources($without, $more = '')
    {
        $code = 'require $argv[1]; foreach (array("fromPhp", "fromDevice", "fromOpenssl") as $f) {'
            . ' $m = new ReflectionMethod("ExposureReset_Random", $f); $m->setAccessible(true); $b = $m->invoke(null, 32);'
            . ' echo is_string($b) && strlen($b) === 32 && count(array_unique(str_split($b))) > 8 ? $f . " " : ""; }'
            . ' try { echo strlen(ExposureReset_Random::hex(16)); } catch (ExposureReset_Trouble $e) { echo $e->getMessage(); }';
        $lib = realpath(dirname(__FILE__) . '/../plugin/ExposureReset/lib');
        $open = $more === '' ? '' : " -d open_basedir=$lib";
        return trim(shell_exec("php -d disable_functions=$without$open -r " . escapeshellarg($code) . ' -- ' . escapeshellarg("$lib/load.php") . ' 2>&1'));
    }

    public function testEachSourceAlone()
    {
        $this->assertSame('fromPhp fromDevice fromOpenssl 32', $this->sources('exec'));
        $this->assertSame('fromDevice fromOpenssl 32', $this->sources('random_bytes'));
        $this->assertSame('fromDevice 32', $this->sources('random_bytes,openssl_random_pseudo_bytes'));
        $this->assertSame('fromOpenssl 32', $this->sources('random_bytes', 'hide the device'));
        $this->assertSame('random', $this->sources('random_bytes,openssl_random_pseudo_bytes', 'hide the device'), 'refused, not guessed');
    }

    public function testNoFileUsesWhatCanBeGuessed()
    {
        $files = array_merge(glob(dirname(__FILE__) . '/../plugin/ExposureReset/*.php'), glob(dirname(__FILE__) . '/../plugin/ExposureReset/lib/*.php'));
        $this->assertGreaterThan(15, count($files));
        foreach ($files as $file) {
            foreach (token_get_all(file_get_contents($file)) as $token) {
                if (is_array($token) && $token[0] === T_STRING) {
                    $this->assertNotContains(strtolower($token[1]), array('rand', 'mt_rand', 'mt_srand', 'uniqid', 'lcg_value', 'shuffle', 'str_shuffle', 'array_rand'), $file);
                }
            }
        }
    }

    public function testKeys()
    {
        $seen = array();
        for ($i = 0; $i < 1000; $i++) {
            $uuid = ExposureReset_Random::uuid();
            $this->assertMatchesRegularExpression('/\A[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\z/', $uuid);
            $seen[$uuid] = true;
        }
        $this->assertCount(1000, $seen);
    }

    public function testSame()
    {
        $this->assertTrue(ExposureReset_Random::same('abc', 'abc'));
        foreach (array(array('abc', 'abd'), array('abc', 'ab'), array('', 'a'), array('0', 0), array(null, null)) as $pair) {
            $this->assertFalse(ExposureReset_Random::same($pair[0], $pair[1]));
        }
    }

    public function testSameWithoutHashEquals()
    {
        $code = 'require $argv[1]; var_export(array(ExposureReset_Random::same("abc", "abc"), ExposureReset_Random::same("abc", "abd"), ExposureReset_Random::same("abc", "Abc"), ExposureReset_Random::same("", "")));';
        $kit = realpath(dirname(__FILE__) . '/../plugin/ExposureReset/lib/load.php');
        $out = shell_exec('php -d disable_functions=hash_equals -r ' . escapeshellarg($code) . ' -- ' . escapeshellarg($kit));
        $this->assertSame("array(0=>true,1=>false,2=>false,3=>true,)", preg_replace('/\s/', '', $out));
    }
}
