<?php
use PHPUnit\Framework\TestCase;

class PolicyTest extends TestCase
{
    private function reasons($password, $address = 'hanako.yamada@example.jp', $shop = 'Hana Zakka')
    {
        $policy = new ExposureReset_Policy();
        return $policy->reasons($password, $password, $address, $shop);
    }

    /** @dataProvider taken */
    public function testTaken($password)
    {
        $this->assertSame(array(), $this->reasons($password));
    }

    public static function taken()
    {
        return array(array('correcthorsebatterystaple'), array('k3Vd9!xqPwz7'), array('sushi-wa-umai-yo'), array('hanaMARU88kippu'), array('MyDogEats7Shoes'),
            array('"\'gh5Kw&<>`\\x'), array(substr(strtr(base64_encode(hash('sha512', 'x', true)), '+/=', 'xyz'), 0, 72)));
    }

    /** @dataProvider refused */
    public function testRefused($password, $want)
    {
        $this->assertSame($want, $this->reasons($password));
    }

    public static function refused()
    {
        return array(
            array('k3Vd9!xqPwz', array('short')), array('', array('short')), array(substr(strtr(base64_encode(hash('sha512', 'x', true)), '+/=', 'xyz'), 0, 73), array('long')),
            array('k3Vd9 xqPwz7', array('characters')), array("k3Vd9!xqPwz7\n", array('characters')), array('パスワードを決める', array('characters')), array("k3Vd9\0xqPwz7", array('characters')),
            array('hanako.yamada@example.jp', array('address')), array('Hanako.Yamada9', array('address', 'common')), array('yamada@example.j', array('address')),
            array('HanaZakka123', array('shop')), array('hanazakka-shop', array('shop')),
            array('password1234', array('common')), array('P@ssw0rd2023!', array('common')), array('qwertyuiop12', array('common')), array('1qaz2wsx3edc', array('common')),
            array('xk9xk9xk9xk9', array('common')), array('aaaaaaaaaaaaaaaa', array('common')), array('Sakura20230725', array('common')), array('iloveyoudaisuki', array('common')),
            array('123456789012', array('common')), array('doraemon#2020', array('common')), array('zaq12wsxCDE3', array('common')),
        );
    }

    public function testNotTheSameTwice()
    {
        $policy = new ExposureReset_Policy();
        $this->assertSame(array('differ'), $policy->reasons('k3Vd9!xqPwz7', 'k3Vd9!xqPwz8', '', ''));
        $this->assertSame(array('differ', 'short'), $policy->reasons(array('x'), 'x', '', ''));
    }

    /** Words and endings that lists of leaked passwords are made of. */
    public function testThousandsOfCommonOnesAreRefused()
    {
        $refused = 0;
        $endings = array('1234', '12345', '123456', '2023', '2024!', '!!!!', '0000', '#1', '@123', '1!', '007', 'xyz');
        foreach (explode(' ', ExposureReset_Policy::WORDS) as $word) {
            foreach ($endings as $ending) {
                foreach (array($word, ucfirst($word), strtr($word, 'aeios', '@3105'), $word . $word) as $form) {
                    if (strlen($form . $ending) >= 12 && strlen($form . $ending) <= 72) {
                        $this->assertContains('common', $this->reasons($form . $ending, '', ''), $form . $ending);
                        $refused++;
                    }
                }
            }
        }
        $this->assertGreaterThan(1000, $refused);
    }

    public function testRandomOnesAreTaken()
    {
        $letters = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789-_.!';
        for ($i = 0; $i < 500; $i++) {
            $password = '';
            foreach (str_split(hash('sha256', "seed $i", true)) as $byte) {
                $password .= $letters[ord($byte) % strlen($letters)];
            }
            $this->assertSame(array(), $this->reasons(substr($password, 0, 14)), $password);
        }
    }

    public function testAShopThatTakesOnlyShortOnes()
    {
        $policy = new ExposureReset_Policy(10);
        $this->assertSame(array(10, 10), array($policy->least(), $policy->most()));
        $this->assertSame(array(), $policy->reasons('k3Vd9!xqPw', 'k3Vd9!xqPw', '', ''));
        $this->assertSame(array('long'), $policy->reasons('k3Vd9!xqPwz', 'k3Vd9!xqPwz', '', ''));
        $this->assertSame(array('common'), $policy->reasons('passw0rd12', 'passw0rd12', '', ''));
        $policy = new ExposureReset_Policy(50);
        $this->assertSame(array(12, 50), array($policy->least(), $policy->most()));
        $policy = new ExposureReset_Policy(500);
        $this->assertSame(72, $policy->most());
    }
}
