<?php
class ShopTest extends ShopCase
{
    /** @dataProvider texts */
    public function testWhoseSessionItIs($want, $text)
    {
        $this->assertSame($want, ExposureReset_Shop::isOf($text, array(1 => true, 20 => true)));
    }

    public static function texts()
    {
        $rest = 's:6:"name01";s:3:"abc";}';
        return array(
            array(true, 'customer|a:41:{s:11:"customer_id";s:1:"1";' . $rest), array(true, 'a|i:1;customer|a:2:{s:11:"customer_id";i:20;' . $rest),
            array(false, 'customer|a:41:{s:11:"customer_id";s:2:"11";' . $rest), array(false, 'customer|a:41:{s:11:"customer_id";s:2:"10";' . $rest),
            array(false, 'customer|a:41:{s:11:"customer_id";i:2;' . $rest), array(false, 'customer|a:41:{s:11:"customer_id";i:201;' . $rest),
            array(false, 'customer|N;'), array(false, 'customer|a:1:{s:6:"name01";s:1:"1";}'), array(false, ''),
            array(false, 'order|a:1:{s:11:"customer_id";s:1:"1";}'), // of a person in the admin
            array(true, 'cart|s:60:"customer|a:1:{s:11:"customer_id";s:1:"5";";customer|a:41:{s:11:"customer_id";s:1:"1";' . $rest), // text that looks like one hides none
        );
    }

    /** @dataProvider databases */
    public function testOnlyTheirsEnd($type)
    {
        $this->shop($type);
        foreach (range(1, 250) as $i) {
            $this->session(sprintf('s%03d', $i), $i % 5);
        }
        $this->rawSession('guest', 'cartkey|s:1:"1";');
        $this->rawSession('empty', '');
        $this->rawSession('admin', 'member_id|s:1:"1";customer_id|s:1:"1";');
        $shop = new ExposureReset_Shop($this->db);
        $this->assertSame(100, $shop->endSessions(array(1 => true, 3 => true)));
        $left = $this->sessions();
        $this->assertCount(153, $left);
        $this->assertNotContains('s001', $left);
        $this->assertContains('s002', $left);
        $this->assertSame(0, $shop->endSessions(array(1 => true, 11 => true)));
    }

    /** @dataProvider databases */
    public function testOnlyLiveMembersHaveAnAccount($type)
    {
        $this->shop($type);
        $hash = $this->member(1);
        $this->member(2, null, array('status' => 1));
        $this->member(3, null, array('del_flg' => 1));
        $shop = new ExposureReset_Shop($this->db);
        $this->assertSame(array('email' => 'm1@example.com', 'email_mobile' => '', 'password' => $hash, 'salt' => 'salt1'), $shop->account(1));
        $this->db->pdo()->exec('ALTER TABLE dtb_customer DROP COLUMN salt'); // 2.4
        $this->spoilt();
        $account = $shop->account(1);
        $this->assertSame('', $account['salt']);
        foreach (array(2, 3, 4) as $id) {
            $this->assertNull($shop->account($id));
            $this->assertFalse($shop->store($id, 'new'));
        }
        $this->assertTrue($shop->store(1, 'new'));
        $this->assertSame('new', $this->password(1));
    }
}
